package io.faasflow.docker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A context: the name that Docker's own client has given to an engine. Immutable.
 *
 * @param certificates null: it has none
 */
record DockerContext(String name, String host, @Nullable Certificates certificates) {
  private static final String NONE = "default"; // what is so called is no context of the store

  /**
   * The one that DOCKER_CONTEXT, or else Docker's configuration, says; null: none.
   *
   * @param settings variables of the environment, by name
   * @throws EngineUnavailableException when it cannot be used
   */
  static @Nullable DockerContext current(Function<String, @Nullable String> settings) {
    Path folder = folder(settings);
    Path configuration = folder.resolve("config.json");
    String name = settings.apply("DOCKER_CONTEXT");
    if (name == null || name.isEmpty()) {
      name = Files.exists(configuration)
              && read(configuration).get("currentContext") instanceof String current
          ? current
          : NONE;
    }
    return name.isEmpty() || name.equals(NONE) ? null : of(name, folder.resolve("contexts"));
  }

  /** Where Docker's own client keeps what it knows. */
  static Path folder(Function<String, @Nullable String> settings) {
    String folder = settings.apply("DOCKER_CONFIG");
    return folder == null || folder.isEmpty()
        ? Path.of(System.getProperty("user.home", ""), ".docker")
        : Path.of(folder);
  }

  private static DockerContext of(String name, Path store) {
    String key = key(name);
    Path file = store.resolve("meta").resolve(key).resolve("meta.json");
    if (!Files.exists(file)) {
      throw unusable(
          name,
          "there is no " + file
              + ". Name another one with DOCKER_CONTEXT or 'docker context use', or"
              + " an address with DOCKER_HOST");
    }
    if (!(read(file).get("Endpoints") instanceof Map<?, ?> endpoints)
        || !(endpoints.get("docker") instanceof Map<?, ?> docker)
        || !(docker.get("Host") instanceof String host)) {
      throw unusable(name, file + " names no engine");
    }
    if (Boolean.TRUE.equals(docker.get("SkipTLSVerify"))) {
      throw unusable(
          name,
          "it says SkipTLSVerify, and then whoever answers is taken for the engine. Make it anew with the"
              + " files of ca, cert and key, and without skip-tls-verify");
    }
    Path tls = store.resolve("tls").resolve(key).resolve("docker");
    return new DockerContext(name, host, Files.exists(tls) ? Certificates.in(tls) : null);
  }

  private static String key(String name) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(name.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java has it
    }
  }

  private static Map<?, ?> read(Path file) {
    try {
      if (Json.read(Files.readAllBytes(file)) instanceof Map<?, ?> map) {
        return map;
      }
      throw unreadable(file, "it is no JSON object", null);
    } catch (IOException e) {
      throw unreadable(file, e instanceof NoSuchFileException ? "it is gone" : e.toString(), e);
    } catch (CallFailure e) {
      throw unreadable(file, "it is no JSON", null); // with its begin, which may be a secret
    }
  }

  private static EngineUnavailableException unreadable(
      Path file, String why, @Nullable Exception cause) {
    return new EngineUnavailableException(
        "What Docker's own client knows of engines cannot be read: " + file + ": " + why
            + ". Mend it, or name an address with DOCKER_HOST",
        cause);
  }

  private static EngineUnavailableException unusable(String name, String why) {
    return new EngineUnavailableException(
        "Docker's context '" + name + "' cannot be used: " + why, null);
  }
}
