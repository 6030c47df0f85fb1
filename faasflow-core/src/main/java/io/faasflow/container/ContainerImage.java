package io.faasflow.container;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The image that a function's containers are made of, and how to use it. Immutable and thread-safe. */
public final class ContainerImage {
  /** What an image's name looks like. */
  public static final String NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9._/:@-]*";

  /** What the name of an environment variable looks like. */
  public static final String VARIABLE_PATTERN = "[A-Za-z_][A-Za-z0-9_]*";

  private static final Pattern NAME = Pattern.compile(NAME_PATTERN);
  private static final Pattern VARIABLE = Pattern.compile(VARIABLE_PATTERN);

  private final String name;
  private final ContainerProtocol protocol;
  private final @Nullable String main;
  private final @Nullable String source;
  private final Map<String, String> environment;
  private final boolean network;

  private ContainerImage(
      String name,
      ContainerProtocol protocol,
      @Nullable String main,
      @Nullable String source,
      Map<String, String> environment,
      boolean network) {
    this.name = name;
    this.protocol = protocol;
    this.main = main;
    this.source = source;
    this.environment = environment;
    this.network = network;
  }

  /**
   * An image that speaks {@link ContainerProtocol#OPENWHISK}, without source, variables or network.
   *
   * @param name such as {@code acme/thumbnails:1.2}
   * @throws IllegalArgumentException when it does not look like an image's name
   */
  public static ContainerImage of(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is no name of an image; write one such as acme/thumbnails:1.2");
    }
    return new ContainerImage(name, ContainerProtocol.OPENWHISK, null, null, Map.of(), false);
  }

  /** The same, spoken to in another way. */
  public ContainerImage withProtocol(ContainerProtocol newProtocol) {
    Objects.requireNonNull(newProtocol, "protocol");
    return new ContainerImage(name, newProtocol, main, source, environment, network);
  }

  /**
   * The same with the name of what is to be called inside, as the image's runtime understands it: a
   * function of the source, a class. Default: what the runtime takes by itself, often {@code main}.
   *
   * @throws IllegalArgumentException when it is blank
   */
  public ContainerImage withMain(String newMain) {
    return new ContainerImage(
        name, protocol, notBlank("main", newMain), source, environment, network);
  }

  /**
   * The same with source text that its runtime is given before the first call.
   *
   * @throws IllegalArgumentException when it is blank
   */
  public ContainerImage withSource(String newSource) {
    return new ContainerImage(
        name, protocol, main, notBlank("source", newSource), environment, network);
  }

  /**
   * The same with these environment variables in place of those that it has.
   *
   * @throws IllegalArgumentException when a name is not made of letters, digits and underscores
   */
  public ContainerImage withEnvironment(Map<String, String> variables) {
    variables.keySet().forEach(variable -> {
      if (!VARIABLE.matcher(variable).matches()) {
        throw new IllegalArgumentException("'"
            + variable
            + "' is no name of an environment variable; use letters, digits and underscores");
      }
    });
    return new ContainerImage(
        name,
        protocol,
        main,
        source,
        Collections.unmodifiableMap(new TreeMap<>(variables)),
        network);
  }

  /** The same with access to the network, which a container does not have otherwise. */
  public ContainerImage withNetwork() {
    return new ContainerImage(name, protocol, main, source, environment, true);
  }

  private static String notBlank(String what, String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("The " + what + " of an image must not be blank");
    }
    return text;
  }

  /** The name of the image. */
  public String name() {
    return name;
  }

  /** How it is spoken to. */
  public ContainerProtocol protocol() {
    return protocol;
  }

  /** What is to be called inside; empty: what the runtime takes by itself. */
  public Optional<String> main() {
    return Optional.ofNullable(main);
  }

  /** Source text for its runtime; empty: the code is in the image. */
  public Optional<String> source() {
    return Optional.ofNullable(source);
  }

  /** The environment variables, by name. */
  public Map<String, String> environment() {
    return environment;
  }

  /** Whether its containers have access to the network. */
  public boolean network() {
    return network;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ContainerImage that
        && name.equals(that.name)
        && protocol == that.protocol
        && Objects.equals(main, that.main)
        && Objects.equals(source, that.source)
        && environment.equals(that.environment)
        && network == that.network;
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, protocol, main, source, environment, network);
  }

  @Override
  public String toString() {
    return "image '" + name + "'"; // neither source nor variables: they may hold secrets
  }
}
