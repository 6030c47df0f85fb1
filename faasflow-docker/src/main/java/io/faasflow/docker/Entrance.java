package io.faasflow.docker;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** How calls get into containers of an image. Immutable. */
sealed interface Entrance {
  /** Through a Unix socket in the folder that is mounted into the container. */
  record UnixSocket() implements Entrance {}

  /** To a TCP port on the engine's bridge. */
  record Tcp() implements Entrance {}

  /**
   * Through a program of the image that the engine runs in the container.
   *
   * @param command starts it
   */
  record Relay(List<String> command) implements Entrance {}

  /**
   * How calls get into containers of an image.
   *
   * @param sharesFiles whether the engine and this machine see the same files
   * @param network whether the containers are given a network
   * @throws NotReadyException when they do not get in
   */
  static Entrance of(Engine.ImageFacts image, boolean sharesFiles, boolean network)
      throws NotReadyException {
    if (!sharesFiles) {
      return new Relay(command(image));
    }
    if (image.speaksSocket()) {
      return new UnixSocket();
    }
    if (!network) {
      throw new NotReadyException(
          "it listens on TCP as far as its labels say, and the task asks for no network: let the"
              + " task ask for it, or label an image that listens on the Unix socket of "
              + ContainerOrder.SOCKET_VARIABLE + " with " + Engine.SOCKET_LABEL + "=true",
          null);
    }
    return new Tcp();
  }

  private static List<String> command(Engine.ImageFacts image) throws NotReadyException {
    String said = image.relay();
    if (said == null) {
      throw new NotReadyException(
          "behind this engine's TCP address it can be reached through a relay in the image alone, and"
              + " the image's labels name none: give it one, and the label " + Engine.RELAY_LABEL
              + " with its command as a JSON array",
          null);
    }
    try {
      if (Json.read(said.getBytes(StandardCharsets.UTF_8)) instanceof List<?> words
          && !words.isEmpty()
          && words.stream().allMatch(String.class::isInstance)) {
        return words.stream().map(String.class::cast).toList();
      }
    } catch (
        @SuppressWarnings("unused")
        CallFailure e) {
      // It is no JSON.
    }
    throw new NotReadyException(
        "the image's label " + Engine.RELAY_LABEL + " must be a JSON array of strings, but is "
            + Json.shown(said.getBytes(StandardCharsets.UTF_8)),
        null);
  }
}
