/**
 * Workflows as YAML: a reader for three formats, a writer for our own, and its JSON Schema
 * ({@code faasflow-workflow.schema.json} beside these classes).
 *
 * <p>Files are untrusted: size, depth, number of values and number of steps are limited, no Java
 * type comes from a tag, and whatever is wrong with a file is reported as a {@link
 * io.faasflow.workflow.yaml.WorkflowFormatException} with lines, columns and cures.
 */
@NullMarked
package io.faasflow.workflow.yaml;

import org.jspecify.annotations.NullMarked;
