package dev.colonnade.exporters;

import io.netty.util.NetUtil;

/// Ranges of IP addresses as `NO_PROXY` writes them: `10.0.0.0/8`.
final class AddressRange {
    private AddressRange() {}

    /// Whether `host` is an address in the range; names are in none, and so is everything in a
    /// range that is not well written.
    static boolean contains(String range, String host) {
        int slash = range.indexOf('/');
        byte[] base = NetUtil.createByteArrayFromIpAddressString(range.substring(0, slash));
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        int bits = bits(range.substring(slash + 1));
        if (base == null
                || address == null
                || base.length != address.length
                || bits < 0
                || bits > base.length * 8) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >>> (bit & 7);
            if (((base[bit >>> 3] ^ address[bit >>> 3]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int bits(String digits) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException _) {
            return -1;
        }
    }
}
