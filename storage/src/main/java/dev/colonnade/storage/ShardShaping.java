package dev.colonnade.storage;

import dev.colonnade.storage.memory.BudgetShare;
import dev.colonnade.storage.memory.MemoryBudget;
import java.util.concurrent.Executor;

/// What one shard needs for its segments to change their shape.
///
/// @param packer makes the blocks
/// @param unpacker the loop's
/// @param loop runs tasks on the loop
/// @param decider says when; asked on the loop
/// @param column what blocks of columns are charged to
/// @param packed what packed blocks are charged to
/// @param windows what rebuilt rows are charged to while the pipeline has room
record ShardShaping(
        Packer packer,
        Unpacker unpacker,
        Executor loop,
        ShapeDecider decider,
        BudgetShare column,
        BudgetShare packed,
        MemoryBudget windows) {
    BudgetShare charge(Shape shape) {
        return shape == Shape.COLUMN ? column : packed;
    }
}
