"""The crate of a batch: what the whole run did, as a Workflow Run RO-Crate 0.5."""
