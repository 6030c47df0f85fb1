package io.faasflow;

import io.faasflow.engine.Message;
import io.faasflow.engine.WorkerTransport;
import io.faasflow.run.RunId;
import io.faasflow.run.Traffic;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Counts the messages of active runs. Thread-safe.
 *
 * <p>Counts are kept from the start of a run to its end only: messages that a late worker sends
 * afterwards are nobody's.
 */
final class TrafficMeter implements WorkerTransport {
  private static final class Count {
    final AtomicLong messages = new AtomicLong();
    final AtomicLong bytes = new AtomicLong();
  }

  private final WorkerTransport transport;
  private final Map<RunId, Count> counts = new ConcurrentHashMap<>();

  TrafficMeter(WorkerTransport transport) {
    this.transport = transport;
  }

  void open(RunId run) {
    counts.put(run, new Count());
  }

  Traffic close(RunId run) {
    Count count = counts.remove(run);
    return count == null ? Traffic.NONE : new Traffic(count.messages.get(), count.bytes.get());
  }

  @Override
  public void register(String worker, Consumer<Message> receiver) {
    transport.register(worker, receiver);
  }

  @Override
  public int send(String worker, Message message) {
    Count count = counts.get(message.run().id());
    // Before it is sent: with a direct transport the run may be over when this call returns.
    if (count != null) {
      count.messages.incrementAndGet();
    }
    int bytes = transport.send(worker, message);
    if (count != null && bytes > 0) {
      count.bytes.addAndGet(bytes);
    }
    return bytes;
  }

  @Override
  public void close() {
    transport.close();
  }
}
