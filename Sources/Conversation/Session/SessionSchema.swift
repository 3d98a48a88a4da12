import GRDB

/// The tables, and how they came to be: a migration is never changed once it was released, only followed by another.
enum SessionSchema {
    /// All migrations, oldest first.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("sessions", foreignKeyChecks: .immediate) { try $0.execute(sql: sessions) }
        return migrator
    }

    /// Times are seconds since the session began, except `started` and `ended`; token lists are JSON arrays.
    private static let sessions = """
        CREATE TABLE session (
            id TEXT PRIMARY KEY NOT NULL,
            title TEXT NOT NULL,
            started TEXT NOT NULL               -- UTC
        ) STRICT, WITHOUT ROWID;

        -- A stretch of talking without a break: a session that is gone on with has several.
        CREATE TABLE sitting (
            session TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
            number INTEGER NOT NULL,            -- from 1
            started TEXT NOT NULL,              -- UTC
            ended TEXT,                         -- NULL while it goes on, and where the program was killed
            "offset" REAL NOT NULL,             -- where it begins in the session
            model TEXT NOT NULL,
            modelHash TEXT NOT NULL,
            seed INTEGER NOT NULL,              -- 64 bits without a sign
            kernels TEXT NOT NULL,              -- processor instructions, which decide the last bit of a sum
            version TEXT NOT NULL,              -- of the program
            settings TEXT NOT NULL,             -- JSON, every setting in force
            PRIMARY KEY (session, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE turn (
            session TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
            number INTEGER NOT NULL,            -- from 1
            sitting INTEGER NOT NULL,
            began REAL NOT NULL,
            written TEXT,                       -- a written question
            utterance TEXT,                     -- JSON, a spoken one; its sound is in the table of sounds
            transcript TEXT,
            heardCodes TEXT NOT NULL,
            replyText TEXT NOT NULL,            -- as far as it came
            PRIMARY KEY (session, number)
        ) STRICT, WITHOUT ROWID;

        -- A turn without a row here was never finished.
        CREATE TABLE reply (
            session TEXT NOT NULL,
            turn INTEGER NOT NULL,
            finished REAL NOT NULL,
            mode TEXT NOT NULL,
            seed INTEGER NOT NULL,              -- 64 bits without a sign
            text TEXT NOT NULL,
            textTokens TEXT NOT NULL,
            codes TEXT NOT NULL,
            textIDs TEXT NOT NULL,              -- as drawn
            audioIDs TEXT NOT NULL,             -- as drawn
            promptCount INTEGER NOT NULL,
            sampleCount INTEGER NOT NULL,
            finish TEXT NOT NULL,
            timing TEXT NOT NULL,               -- JSON
            playedSamples INTEGER,
            keptTokens INTEGER NOT NULL,
            keptCodes INTEGER NOT NULL,
            keptText TEXT NOT NULL,
            wasInterrupted INTEGER NOT NULL,
            context TEXT NOT NULL,              -- the earlier turns that the model saw
            latency TEXT NOT NULL,              -- JSON
            PRIMARY KEY (session, turn),
            FOREIGN KEY (session, turn) REFERENCES turn ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE sound (
            session TEXT NOT NULL,
            turn INTEGER NOT NULL,
            side TEXT NOT NULL,                 -- question or reply
            sampleRate INTEGER NOT NULL,
            samples INTEGER NOT NULL,
            silence INTEGER NOT NULL,           -- samples at the beginning that were not played
            checksum INTEGER NOT NULL,          -- FNV-1a of the bytes
            flac BLOB NOT NULL,                 -- last, so that the others are read without it
            PRIMARY KEY (session, turn, side),
            FOREIGN KEY (session, turn) REFERENCES turn ON DELETE CASCADE
        ) STRICT;

        CREATE TABLE event (
            id INTEGER PRIMARY KEY,             -- rises with time
            session TEXT NOT NULL REFERENCES session ON DELETE CASCADE,
            time REAL NOT NULL,
            kind TEXT NOT NULL,
            turn INTEGER,
            body TEXT
        ) STRICT;
        CREATE INDEX eventOfSession ON event (session, turn);
        """
}
