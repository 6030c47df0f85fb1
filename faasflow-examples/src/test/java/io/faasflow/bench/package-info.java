/** Benchmarks, run with JMH; see the chapter on performance in the user guide. */
@NullMarked
package io.faasflow.bench;

import org.jspecify.annotations.NullMarked;
