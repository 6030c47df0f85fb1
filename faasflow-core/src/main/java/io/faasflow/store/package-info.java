/** Where the data of a run lives: the store SPI and the store on the heap. */
@NullMarked
package io.faasflow.store;

import org.jspecify.annotations.NullMarked;
