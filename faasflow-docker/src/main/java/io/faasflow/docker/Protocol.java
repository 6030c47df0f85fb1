package io.faasflow.docker;

import io.faasflow.container.ContainerImage;
import io.faasflow.container.ContainerProtocol;
import io.faasflow.function.FunctionContext;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How a container is spoken to. Immutable. */
interface Protocol {
  /** What is sent. */
  @SuppressWarnings("ArrayRecordComponent") // sent at once, never compared
  record Request(String path, String contentType, byte[] body) {}

  /** The protocol of that name. */
  static Protocol of(ContainerProtocol protocol) {
    return switch (protocol) {
      case OPENWHISK -> new OpenWhisk();
      case LAMBDA -> new LambdaEmulator();
    };
  }

  /** What is sent once, before the first call; null: nothing. */
  @Nullable
  Request init(ContainerImage image);

  /** Throws when the answer to {@link #init} is not a good one. */
  void checkInit(Connection.Answer answer) throws CallFailure;

  /**
   * What is sent for a call.
   *
   * @param files gets those of the input
   * @throws io.faasflow.run.DataException when the input is nothing that JSON can say
   * @throws IOException when a blob of the input cannot be read
   */
  Request call(@Nullable Object input, FunctionContext context, CallFiles files) throws IOException;

  /** The output that an answer has. */
  @Nullable
  Object output(Connection.Answer answer) throws CallFailure;

  /** The line that ends the log of each call, on both streams; null: there is none. */
  default @Nullable String endOfLog() {
    return null;
  }
}
