/**
 * The definition of a workflow: steps, the typed builder, data references and conditions. All types
 * here are immutable but the builders.
 */
@NullMarked
package io.faasflow.workflow;

import org.jspecify.annotations.NullMarked;
