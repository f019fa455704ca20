package dev.colonnade.storage;

import java.util.List;
import java.util.concurrent.Executor;

/// What the stores of a process share to change their segments' shapes.
///
/// @param packer makes blocks
/// @param unpackers one per loop
/// @param loops runs tasks on each loop
public record Reshaping(Packer packer, List<Unpacker> unpackers, List<? extends Executor> loops) {
    /// Copies the lists, which must have one of each per loop.
    public Reshaping {
        if (unpackers.size() != loops.size()) {
            throw new IllegalArgumentException(
                    "an unpacker per loop is needed: unpackers="
                            + unpackers.size()
                            + ", loops="
                            + loops.size());
        }
        unpackers = List.copyOf(unpackers);
        loops = List.copyOf(loops);
    }
}
