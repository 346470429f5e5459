//! The small languages of the API: names, selectors, quantities.
