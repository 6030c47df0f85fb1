/**
 * Traces of runs for OpenTelemetry, an optional dependency: a host that uses this package has its API on
 * its class path.
 */
@NullMarked
package io.faasflow.observe.opentelemetry;

import org.jspecify.annotations.NullMarked;
