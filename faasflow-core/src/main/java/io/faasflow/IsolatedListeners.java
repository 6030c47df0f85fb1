package io.faasflow;

import io.faasflow.observe.LogContext;
import io.faasflow.observe.RunEvent;
import io.faasflow.observe.RunListener;
import io.faasflow.run.RunId;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells several listeners; what one throws is logged, and neither the run nor the others notice. */
final class IsolatedListeners implements RunListener {
  private static final Logger LOG = LoggerFactory.getLogger(IsolatedListeners.class);

  private final List<RunListener> listeners;

  IsolatedListeners(List<RunListener> listeners) {
    this.listeners = List.copyOf(listeners);
  }

  @Override
  public void on(RunEvent event) {
    for (RunListener listener : listeners) {
      try {
        listener.on(event);
      } catch (Throwable e) {
        // Not the event: it may hold what the function threw, which may not print itself.
        RunId run = event.run();
        LogContext.about(run, () -> LOG.warn("A listener failed at an event of run {}", run, e));
      }
    }
  }
}
