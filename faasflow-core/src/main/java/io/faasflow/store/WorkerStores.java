package io.faasflow.store;

/**
 * SPI: gives each worker of a runtime a store of its own, which also looks after outputs that stay on
 * the worker. See {@link WorkerStore}. Implementations are thread-safe.
 */
@FunctionalInterface
public interface WorkerStores {
  /**
   * The store of a worker. Asked once for each worker when a runtime is made, a master included; so
   * one object can serve one runtime at a time.
   *
   * @param worker the worker's name
   */
  WorkerStore of(String worker);
}
