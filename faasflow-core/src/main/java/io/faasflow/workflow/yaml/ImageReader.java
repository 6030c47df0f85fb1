package io.faasflow.workflow.yaml;

import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerProtocol;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Reads the images of tasks in our own format. */
final class ImageReader {
  private static final List<String> KEYS =
      List.of("name", "protocol", "main", "source", "environment", "network");

  private ImageReader() {}

  /** A name, or a map with a name and what differs from the default. */
  static Optional<ContainerImage> read(YamlValue value) {
    if (!value.isMap()) {
      return name(value);
    }
    YamlMap map = value.asMap().orElseThrow();
    map.unknownKeys(KEYS);
    Optional<ContainerImage> named = map.required("name").flatMap(ImageReader::name);
    ContainerImage image = named.orElse(ContainerImage.of("any"));
    image = map.optional("protocol")
        .flatMap(ImageReader::protocol)
        .map(image::withProtocol)
        .orElse(image);
    image = with(image, map, "main", ContainerImage::withMain);
    image = with(image, map, "source", ContainerImage::withSource);
    image = environment(image, map);
    boolean network = map.optional("network").flatMap(YamlValue::asBoolean).orElse(false);
    ContainerImage whole = network ? image.withNetwork() : image;
    return named.map(any -> whole);
  }

  private static Optional<ContainerImage> name(YamlValue value) {
    return value.asString().flatMap(name -> {
      try {
        return Optional.of(ContainerImage.of(name));
      } catch (IllegalArgumentException e) {
        value.problem(
            "'" + YamlProblems.quoted(name) + "' is no name of an image",
            "Write one such as acme/thumbnails:1.2");
        return Optional.empty();
      }
    });
  }

  private static Optional<ContainerProtocol> protocol(YamlValue value) {
    Optional<String> name = value.asString();
    Optional<ContainerProtocol> protocol = name.flatMap(ContainerProtocol::of);
    if (name.isPresent() && protocol.isEmpty()) {
      value.problem(
          "there is no protocol '" + YamlProblems.quoted(name.get()) + "'",
          "Write one of " + String.join(", ", ContainerProtocol.names()));
    }
    return protocol;
  }

  private static ContainerImage with(
      ContainerImage image,
      YamlMap map,
      String key,
      BiFunction<ContainerImage, String, ContainerImage> change) {
    return map.optional(key)
        .flatMap(TaskReader::name)
        .map(text -> change.apply(image, text))
        .orElse(image);
  }

  private static ContainerImage environment(ContainerImage image, YamlMap map) {
    Optional<YamlValue> value = map.optional("environment");
    Optional<YamlMap> entries = value.flatMap(YamlValue::asMap);
    if (entries.isEmpty()) {
      return image;
    }
    Map<String, String> variables = new LinkedHashMap<>();
    entries
        .get()
        .entries()
        .forEach(
            (name, text) -> text.asString().ifPresent(content -> variables.put(name, content)));
    try {
      return image.withEnvironment(variables);
    } catch (IllegalArgumentException e) {
      value.orElseThrow().problem(e, "Change it");
      return image;
    }
  }
}
