package io.faasflow.container;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How a container is spoken to. */
public enum ContainerProtocol {
  /** OpenWhisk's action interface: {@code POST /init} once, then {@code POST /run} for each call. */
  OPENWHISK,
  /** The AWS Lambda runtime interface emulator: one POST for each call, no initialisation. */
  LAMBDA;

  /** The protocol of that name in YAML, which is in lower case. */
  public static Optional<ContainerProtocol> of(String name) {
    return Arrays.stream(values()).filter(one -> one.text().equals(name)).findFirst();
  }

  /** The names of all protocols, as {@link #of} takes them. */
  public static List<String> names() {
    return Arrays.stream(values()).map(ContainerProtocol::text).toList();
  }

  /** The name, as {@link #of} takes it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
