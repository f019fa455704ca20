package dev.colonnade.pipeline.json;

/// What a JSON document may ask of its reader.
///
/// @param depthMax open objects and arrays; a request opens nine or more around an attribute's
///   value
/// @param stringCharsMax UTF-16 units of one string; a string stands on the heap while it is read
/// @param numberCharsMax characters of one number
/// @param nameCharsMax UTF-16 units of one field name
/// @param outputBytesMax bytes of protobuf that one document may become
public record JsonLimits(
        int depthMax,
        int stringCharsMax,
        int numberCharsMax,
        int nameCharsMax,
        int outputBytesMax) {
    /// 64 levels, which leaves 17 for arrays within arrays in an attribute and stays far below the
    /// 100 messages of protobuf's readers; strings of 4 Mi; numbers of 128, where no double needs
    /// more than 25; names of 1,024; 64 MiB of output.
    public static final JsonLimits DEFAULTS = new JsonLimits(64, 4 << 20, 128, 1024, 64 << 20);

    /// Checks that each is at least one.
    public JsonLimits {
        if (depthMax < 1
                || stringCharsMax < 1
                || numberCharsMax < 1
                || nameCharsMax < 1
                || outputBytesMax < 1) {
            throw new IllegalArgumentException(
                    "limit is not positive: depthMax="
                            + depthMax
                            + ", stringCharsMax="
                            + stringCharsMax
                            + ", numberCharsMax="
                            + numberCharsMax
                            + ", nameCharsMax="
                            + nameCharsMax
                            + ", outputBytesMax="
                            + outputBytesMax);
        }
    }

    /// The same with another limit of output.
    public JsonLimits withOutputBytesMax(int bytes) {
        return new JsonLimits(depthMax, stringCharsMax, numberCharsMax, nameCharsMax, bytes);
    }
}
