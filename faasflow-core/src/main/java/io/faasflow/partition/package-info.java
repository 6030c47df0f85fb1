/** Which worker runs what: the partitioner SPI, the plan, and the partitioners. */
@NullMarked
package io.faasflow.partition;

import org.jspecify.annotations.NullMarked;
