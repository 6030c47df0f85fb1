/**
 * The engine of a worker: it keeps the state of its part of each run, triggers what is ready in
 * place, and tells other workers by messages. {@link io.faasflow.engine.WorkerTransport} and {@link
 * io.faasflow.engine.Message} are SPI; the other public types serve the runtime in the package above
 * and promise nothing to hosts.
 */
@NullMarked
package io.faasflow.engine;

import org.jspecify.annotations.NullMarked;
