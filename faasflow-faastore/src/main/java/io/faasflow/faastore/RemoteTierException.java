package io.faasflow.faastore;

import io.faasflow.run.FaasFlowException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A tier could not do what it was asked. The message names the object, the place, what was found and
 * the cure; it never has credentials.
 */
public final class RemoteTierException extends FaasFlowException {
  private static final long serialVersionUID = 1L;

  /** What a caller can do about it. */
  public enum Reason {
    /** No answer in time, or no connection. It may be done, or not. Trying again is safe. */
    UNREACHABLE,
    /**
     * The tier said no: credentials or rights are missing, it is full, a limit is exceeded, the
     * configuration does not fit. Trying again helps only after that is mended.
     */
    REFUSED,
    /**
     * What was found is not what was stored: bytes are missing or changed. The value is lost unless
     * it is stored again.
     */
    DAMAGED,
    /** The payload to be stored could not be read, or has not as many bytes as it said. */
    BAD_PAYLOAD,
    /** The tier was closed before it was done. */
    CLOSED
  }

  private final Reason reason;
  private final String place;
  private final transient @Nullable ObjectKey key;

  /**
   * @param reason what a caller can do
   * @param key the object, or null when it is about none in particular
   * @param place the server or directory, without credentials
   * @param problem what was attempted, what was found, and the cure
   * @param cause why, or null
   */
  public RemoteTierException(
      Reason reason,
      @Nullable ObjectKey key,
      String place,
      String problem,
      @Nullable Throwable cause) {
    super((key == null ? "" : "Object " + key + ": ") + problem + " (" + place + ")", cause);
    this.reason = Objects.requireNonNull(reason, "reason");
    this.key = key;
    this.place = Objects.requireNonNull(place, "place");
  }

  /** What a caller can do about it. */
  public Reason reason() {
    return reason;
  }

  /** The object that it is about; empty when about none in particular, or after deserialising. */
  public Optional<ObjectKey> key() {
    return Optional.ofNullable(key);
  }

  /** The server or directory that it happened at, without credentials. */
  public String place() {
    return place;
  }
}
