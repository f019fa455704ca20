/// The processors `attributes` and `resource`: lists of actions on the attributes of records and of
/// resources, done by splicing protobuf bytes.
@NullMarked
package dev.colonnade.pipeline.processor.attributes;

import org.jspecify.annotations.NullMarked;
