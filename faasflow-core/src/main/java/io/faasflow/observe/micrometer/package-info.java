/**
 * Metrics of runs for Micrometer, an optional dependency: a host that uses this package has it on its
 * class path.
 */
@NullMarked
package io.faasflow.observe.micrometer;

import org.jspecify.annotations.NullMarked;
