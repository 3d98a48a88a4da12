/// Several inputs one after the other: a failure is told and the others are still done.
enum Batch {
    /// Calls `work` with the index of each input, showing its label where there are several.
    ///
    /// Throws `BatchFailure` with the first failure's code after the last input; a signal and a reader that has gone end it at once.
    static func each(_ labels: [String], in program: Program, _ work: (Int) throws -> Void) throws {
        var first: Failure?
        for (index, label) in labels.enumerated() {
            try program.signals.check()
            if labels.count > 1 { program.console.progress("\(index + 1) of \(labels.count)  \(label)") }
            do {
                try work(index)
            } catch OutputError.readerGone {
                throw OutputError.readerGone
            } catch {
                try program.signals.check()
                let failure = Failure(error)
                program.console.report(failure)
                first = first ?? failure
            }
        }
        if let first { throw BatchFailure(code: first.code) }
    }
}

/// The exit code of a batch whose failures have been reported already.
struct BatchFailure: Error { let code: Int32 }
