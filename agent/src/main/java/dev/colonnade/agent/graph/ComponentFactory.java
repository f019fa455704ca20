package dev.colonnade.agent.graph;

import dev.colonnade.agent.config.ExporterConfig;
import dev.colonnade.agent.config.ReceiverConfig;
import dev.colonnade.pipeline.Exporter;
import dev.colonnade.pipeline.Receiver;
import dev.colonnade.pipeline.Route;
import dev.colonnade.pipeline.StartException;
import dev.colonnade.storage.Signal;
import java.util.Map;

/// Makes the components of a graph; they are started by the graph's owner.
public interface ComponentFactory {
    /// A receiver that puts what it takes into `routes`; other signals it refuses.
    ///
    /// @throws StartException when its settings cannot work
    Receiver receiver(ReceiverConfig config, Map<Signal, Route> routes) throws StartException;

    /// An exporter, not attached to any store yet.
    ///
    /// @throws StartException when its settings cannot work
    Exporter exporter(ExporterConfig config) throws StartException;
}
