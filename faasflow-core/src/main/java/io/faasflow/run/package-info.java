/** What a run is called and how it can end: ids, states and the exceptions that a caller sees. */
@NullMarked
package io.faasflow.run;

import org.jspecify.annotations.NullMarked;
