/**
 * What time it is, and what is to happen later: real, or virtual.
 *
 * <p>Whatever waits for a time, deadlines, timeouts, backoff and simulated networks, asks a {@link
 * io.faasflow.time.FlowClock}, so that with a {@link io.faasflow.time.VirtualClock} an hour takes no
 * time.
 */
@NullMarked
package io.faasflow.time;

import org.jspecify.annotations.NullMarked;
