/** An order's way through a shop: the workflow that the testing chapter of the guide tests. */
@NullMarked
package io.faasflow.examples.orders;

import org.jspecify.annotations.NullMarked;
