/** The tier on a disk of this machine: {@link io.faasflow.faastore.disk.DiskTier}. */
@NullMarked
package io.faasflow.faastore.disk;

import org.jspecify.annotations.NullMarked;
