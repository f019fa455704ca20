/// The configuration: YAML read with positions, bound strictly to what components take, and checked
/// as a whole, so that every problem of a file is told in one run.
///
/// **A new key** needs three things, and a test says which is missing:
///
/// 1. Read it from its [Section] by the method of its type, with its default: `section.duration(
///    "timeout", absent.timeout())`, `section.choice("level", LEVELS, INFO)`. That is its
///    declaration. Passwords, tokens, keys and header values are read by `secret` and `secretMap`,
///    so that no message and no printed configuration shows them. Keys that the user chooses (ids)
///    are read by `entry`.
/// 2. Write it in `configs/reference.yaml` with its default and a comment: what it means, then
///    `Collector: ...` where it differs there. A comment `As in PATH.` on a map says that its keys
///    mean what they mean in that other map.
/// 3. Run `scripts/docs`, which writes the tables of `docs/configuration.md` anew.
///
/// Keys that the Collector has and Colonnade does not are named by `unsupported`, keys that older
/// Collectors had by `retired`, with what to write now.
@NullMarked
package dev.colonnade.agent.config;

import org.jspecify.annotations.NullMarked;
