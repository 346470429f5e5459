//! Who may do what: users, roles, reviews.
