/** Functions that stand in for those that a workflow names: right in shape and size, made up. */
@NullMarked
package io.faasflow.examples.generated;

import org.jspecify.annotations.NullMarked;
