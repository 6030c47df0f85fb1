package io.faasflow.observe;

/**
 * SPI: is told what happens in runs. Implementations are thread-safe and quick: they are called on the
 * threads that run functions, which wait meanwhile. What they throw is logged, and changes nothing.
 */
@FunctionalInterface
public interface RunListener {
  /**
   * Something has happened. The events of a run come from several threads; those of one node in their
   * order. Events of functions that could not be stopped may come after the end of their run.
   */
  void on(RunEvent event);
}
