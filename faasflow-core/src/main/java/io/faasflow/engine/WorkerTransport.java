package io.faasflow.engine;

import java.util.function.Consumer;

/**
 * SPI: carries messages between workers. Delivery is at least once: messages may come twice, late
 * and in any order, but each comes. Implementations are thread-safe.
 */
public interface WorkerTransport extends AutoCloseable {
  /**
   * Begins to deliver the messages for a worker.
   *
   * @param worker the worker's name
   * @param receiver takes each message; it does not block, does not throw, and may be called by
   *     several threads at a time
   * @throws IllegalStateException when there is a worker of that name already
   */
  void register(String worker, Consumer<Message> receiver);

  /**
   * Sends a message. Does not wait for its delivery.
   *
   * @param worker the receiver's name
   * @return how many bytes the message takes on the wire; 0 where it is not serialised
   * @throws IllegalStateException when no worker of that name was registered
   */
  int send(String worker, Message message);

  /** Stops delivering. A second call does nothing. */
  @Override
  void close();
}
