/** User code and how it is addressed: functions, their context, and the registry of names. */
@NullMarked
package io.faasflow.function;

import org.jspecify.annotations.NullMarked;
