package dev.colonnade.pipeline.text;

import dev.colonnade.pipeline.json.FieldWalker;
import dev.colonnade.pipeline.json.OtlpField;
import dev.colonnade.pipeline.json.OtlpMessage;
import dev.colonnade.pipeline.json.OtlpType;
import dev.colonnade.storage.memory.OffHeap;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// One protobuf message off the heap, read field by field by name; its messages are views in turn,
/// made when they are asked for.
///
/// Absent fields read as what protobuf's readers give for them. Damage ends a view where it is and
/// is noted in the [Damage] that all views of a request share.
final class MessageView {
    /// A value where it stands: a number's bits, or the bounds of content.
    private record Place(boolean isContent, long from, long to) {}

    private static final int VARINT = 0;
    private static final int LENGTH = 2;

    private final OtlpMessage type;
    private final Damage damage;
    private final Map<Integer, List<Place>> fields = new HashMap<>();

    private MessageView(OtlpMessage type, Damage damage) {
        this.type = type;
        this.damage = damage;
    }

    /// The message of that type in the `length` bytes at `address`.
    static MessageView of(OtlpMessage type, long address, int length, Damage damage) {
        MessageView view = new MessageView(type, damage);
        view.add(address, address + length);
        return view;
    }

    private void add(long from, long to) {
        FieldWalker walker = new FieldWalker();
        walker.walk(from, to);
        while (walker.next()) {
            OtlpField field = type.field(walker.number());
            boolean isContent = walker.wireType() == LENGTH;
            if (field == null
                    || (walker.wireType() != field.type().wireType()
                            && !(field.isPacked() && isContent))) {
                continue;
            }
            if (field.isInOneof()) {
                clearOthers(field);
            }
            Place place =
                    isContent
                            ? new Place(true, walker.address(), walker.position())
                            : new Place(false, walker.bits(), 0);
            fields.computeIfAbsent(field.number(), _ -> new ArrayList<>()).add(place);
        }
        if (!walker.cause().isEmpty()) {
            damage.note(type.name(), walker.position(), walker.cause());
        }
    }

    private void clearOthers(OtlpField member) {
        for (OtlpField other : type.fields()) {
            if (other.isInOneof() && other != member) {
                fields.remove(other.number());
            }
        }
    }

    /// Whether the field was given.
    boolean has(String name) {
        return fields.containsKey(field(name).number());
    }

    /// The elements of a list of messages.
    List<MessageView> messages(String name) {
        OtlpField field = field(name);
        List<MessageView> views = new ArrayList<>();
        for (Place place : places(field)) {
            MessageView view = new MessageView(field.message(), damage);
            view.add(place.from, place.to);
            views.add(view);
        }
        return views;
    }

    /// A single message, put together where it was given in parts; empty where it was not given.
    MessageView message(String name) {
        OtlpField field = field(name);
        MessageView view = new MessageView(field.message(), damage);
        for (Place place : places(field)) {
            view.add(place.from, place.to);
        }
        return view;
    }

    /// An integer, an enumeration's value or a bool's, with its sign or, where it has none, as its
    /// bits.
    long number(String name) {
        OtlpField field = field(name);
        List<Place> places = places(field);
        return places.isEmpty() ? 0 : integer(field.type(), places.getLast().from);
    }

    double decimal(String name) {
        List<Place> places = places(field(name));
        return places.isEmpty() ? 0 : Double.longBitsToDouble(places.getLast().from);
    }

    /// Text, with U+FFFD for what is not UTF-8.
    String text(String name) {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    /// The elements of a list of texts.
    List<String> texts(String name) {
        return places(field(name)).stream()
                .map(place -> new String(bytes(place), StandardCharsets.UTF_8))
                .toList();
    }

    byte[] bytes(String name) {
        List<Place> places = places(field(name));
        return places.isEmpty() ? new byte[0] : bytes(places.getLast());
    }

    /// The elements of a list of numbers, packed or not, as [#number] reads one; a double's bits.
    List<Long> numbers(String name) {
        OtlpField field = field(name);
        List<Long> numbers = new ArrayList<>();
        for (Place place : places(field)) {
            if (place.isContent) {
                unpack(field.type(), place, numbers);
            } else {
                numbers.add(integer(field.type(), place.from));
            }
        }
        return numbers;
    }

    private void unpack(OtlpType type, Place place, List<Long> numbers) {
        long at = place.from;
        while (at < place.to) {
            if (type.wireType() != VARINT) {
                if (place.to - at < 8) {
                    damage.note(this.type.name(), at, "packed numbers end within one");
                    return;
                }
                numbers.add(OffHeap.getLong(at));
                at += 8;
                continue;
            }
            long bits = 0;
            int shift = 0;
            byte next = -1;
            while (next < 0 && at < place.to && shift < 70) {
                next = OffHeap.getByte(at++);
                bits |= (long) (next & 0x7f) << shift;
                shift += 7;
            }
            if (next < 0) {
                damage.note(this.type.name(), at, "packed varint does not end");
                return;
            }
            numbers.add(integer(type, bits));
        }
    }

    private static long integer(OtlpType type, long bits) {
        int low = (int) bits;
        return switch (type) {
            case SINT32 -> (low >>> 1) ^ -(low & 1);
            case INT32, ENUM -> low;
            case UINT32, FIXED32 -> Integer.toUnsignedLong(low);
            case BOOL -> bits != 0 ? 1 : 0;
            default -> bits;
        };
    }

    private static byte[] bytes(Place place) {
        byte[] bytes = new byte[(int) (place.to - place.from)];
        OffHeap.copy(place.from, bytes, 0, bytes.length);
        return bytes;
    }

    private List<Place> places(OtlpField field) {
        return fields.getOrDefault(field.number(), List.of());
    }

    private OtlpField field(String name) {
        OtlpField field = type.field(name);
        if (field == null) {
            throw new IllegalArgumentException(
                    "no such field: message=" + type.name() + ", field=" + name);
        }
        return field;
    }
}
