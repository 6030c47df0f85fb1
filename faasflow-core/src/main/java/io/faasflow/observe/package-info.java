/** Seeing what a workflow is and what a run does: drawings. */
@NullMarked
package io.faasflow.observe;

import org.jspecify.annotations.NullMarked;
