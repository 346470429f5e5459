//! Objects as tables, as `kubectl get` shows them.
