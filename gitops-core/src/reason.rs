//! The stable CamelCase reasons of errors, conditions, events and metrics: one vocabulary.
//!
//! Users may branch on these; a name is never reused for another meaning.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $text;)*
        /// Every reason of this module.
        pub const ALL: &[&str] = &[$($text),*];
    };
}

reasons! {
    /// The source can't be reached.
    UNREACHABLE = "Unreachable";
    /// An overall deadline passed.
    TIMED_OUT = "TimedOut";
    /// The far side refused the credentials, or wants some.
    UNAUTHENTICATED = "Unauthenticated";
    /// The credentials are known but not allowed to do this.
    FORBIDDEN = "Forbidden";
    /// The repository does not exist, or is hidden from these credentials.
    REPOSITORY_NOT_FOUND = "RepositoryNotFound";
    /// The branch, tag, range or commit does not exist.
    REVISION_NOT_FOUND = "RevisionNotFound";
    /// The path does not exist in the revision.
    PATH_NOT_FOUND = "PathNotFound";
    /// Data in the repository or its copy is damaged.
    CORRUPT = "Corrupt";
    /// A limit on size, count or depth is exceeded.
    TOO_LARGE = "TooLarge";
    /// A symlink leads out of the tree, or in a circle.
    SYMLINK_REFUSED = "SymlinkRefused";
    /// A submodule stands where files are wanted.
    SUBMODULE_REFUSED = "SubmoduleRefused";
    /// A Git LFS pointer stands where content is wanted.
    LFS_POINTER = "LfsPointer";
    /// A file is not what its name says.
    INVALID_SYNTAX = "InvalidSyntax";
    /// An object lacks kind, name or another part of its identity.
    INVALID_OBJECT = "InvalidObject";
    /// Two objects have one identity.
    DUPLICATE_OBJECT = "DuplicateObject";
    /// The target does not know this kind.
    UNKNOWN_KIND = "UnknownKind";
    /// The configuration makes no sense.
    INVALID_CONFIGURATION = "InvalidConfiguration";
    /// The target can't be reached or answered 5xx.
    UNAVAILABLE = "Unavailable";
    /// The target asked for fewer requests.
    THROTTLED = "Throttled";
    /// The target refused the object.
    INVALID = "Invalid";
    /// A field can't be changed on a live object.
    IMMUTABLE_FIELD = "ImmutableField";
    /// Another manager owns a field that we want.
    FIELD_CONFLICT = "FieldConflict";
    /// The live object moved since it was observed.
    STALE = "Stale";
    /// A write was sent and no answer came: it is observed again.
    OUTCOME_UNKNOWN = "OutcomeUnknown";
    /// The object belongs to another app.
    OWNED_BY_OTHER = "OwnedByOther";
    /// Nothing is desired where objects were before.
    EMPTY_DESIRED = "EmptyDesired";
    /// More objects would be pruned than allowed.
    PRUNE_BUDGET = "PruneBudget";
    /// A protected kind would be deleted.
    PROTECTED_KIND = "ProtectedKind";
    /// Waves can't be ordered: a circle of dependencies, or one that leads nowhere.
    DEPENDENCY = "Dependency";
    /// An earlier wave failed or is not ready.
    WAVE_NOT_READY = "WaveNotReady";
    /// An object reports failure.
    UNHEALTHY = "Unhealthy";
    /// The inventory can't be read.
    INVENTORY_CORRUPT = "InventoryCorrupt";
    /// The inventory was written by a newer version.
    INVENTORY_TOO_NEW = "InventoryTooNew";
    /// Somebody else wrote the inventory meanwhile.
    INVENTORY_CONFLICT = "InventoryConflict";
    /// A user's stage panicked.
    PANICKED = "Panicked";
    /// The pass was cancelled.
    CANCELLED = "Cancelled";
    /// All is as desired.
    SUCCEEDED = "Succeeded";
    /// Work is going on.
    PROGRESSING = "Progressing";
}
