package io.faasflow.observe;

/**
 * SPI: is told what happens in runs. Implementations are thread-safe and quick: they are called on the
 * thread on which it happens, one that runs functions or one that starts, cancels or closes, which waits
 * meanwhile. What they throw is logged, and changes nothing.
 *
 * <p>A listener may start a run, but must neither wait for a run of the same runtime nor close the
 * runtime: the run of which it is told does not go on, or end, before it has returned, and others may be
 * waiting for that one's place. So it would wait for itself. What has to wait is for another thread.
 */
@FunctionalInterface
public interface RunListener {
  /**
   * Something has happened. The events of a run come from several threads; those of one node in their
   * order. Events of functions that could not be stopped may come after the end of their run.
   */
  void on(RunEvent event);
}
