/** A moderation pipeline: a foreach of a parallel step and a switch, on generated images. */
@NullMarked
package io.faasflow.examples.recognizer;

import org.jspecify.annotations.NullMarked;
