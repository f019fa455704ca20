/// The place where Arrow looks for what allocates by default; see
/// [org.apache.arrow.memory.unsafe.DefaultAllocationManagerFactory].
@NullMarked
package org.apache.arrow.memory.unsafe;

import org.jspecify.annotations.NullMarked;
