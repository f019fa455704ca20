/// The agent as its users meet it: real clients, real sockets, backends that fail, and the ledger
/// checked at the end of every test.
@NullMarked
package dev.colonnade.agent.e2e;

import org.jspecify.annotations.NullMarked;
