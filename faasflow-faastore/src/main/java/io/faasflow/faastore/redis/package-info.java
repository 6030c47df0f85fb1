/** The tier on Redis: {@link io.faasflow.faastore.redis.RedisTier}. */
@NullMarked
package io.faasflow.faastore.redis;

import org.jspecify.annotations.NullMarked;
