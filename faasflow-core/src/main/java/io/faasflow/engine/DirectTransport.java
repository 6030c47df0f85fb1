package io.faasflow.engine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Between workers of one JVM: the sender's thread hands the message over. Thread-safe.
 *
 * <p>That cannot recurse: an engine that gets a message counts it and queues what became ready.
 */
public final class DirectTransport implements WorkerTransport {
  private final Map<String, Consumer<Message>> receivers = new ConcurrentHashMap<>();

  @Override
  public void register(String worker, Consumer<Message> receiver) {
    if (receivers.putIfAbsent(worker, receiver) != null) {
      throw new IllegalStateException("A worker '" + worker
          + "' is registered already. Give each runtime a transport of its own");
    }
  }

  @Override
  public int send(String worker, Message message) {
    Consumer<Message> receiver = receivers.get(worker);
    if (receiver == null) {
      throw new IllegalStateException("No worker '" + worker + "' is registered here");
    }
    receiver.accept(message);
    return 0;
  }

  @Override
  public void close() {
    receivers.clear();
  }
}
