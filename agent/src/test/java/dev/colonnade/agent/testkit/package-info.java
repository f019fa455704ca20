/// What end-to-end tests share: a scrape that can be asked, the ledger's law, and components that
/// tests hold in their hand.
@NullMarked
package dev.colonnade.agent.testkit;

import org.jspecify.annotations.NullMarked;
