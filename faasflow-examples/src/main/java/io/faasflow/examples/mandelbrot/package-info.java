/** A picture that is computed row by row: a foreach whose instances only compute. */
@NullMarked
package io.faasflow.examples.mandelbrot;

import org.jspecify.annotations.NullMarked;
