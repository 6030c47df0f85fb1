/**
 * FaaStore: where the data of runs lives. What a tier beyond the memory of a worker is, is said by
 * {@link io.faasflow.faastore.RemoteTier}.
 */
@NullMarked
package io.faasflow.faastore;

import org.jspecify.annotations.NullMarked;
