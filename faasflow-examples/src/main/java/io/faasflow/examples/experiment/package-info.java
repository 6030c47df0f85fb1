/** Experiments: what scheduling costs, measured with generated functions. */
@NullMarked
package io.faasflow.examples.experiment;

import org.jspecify.annotations.NullMarked;
