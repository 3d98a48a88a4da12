import ArgumentParser

/// The live assistant, which this version does not have.
struct TalkCommand: ProgramCommand {
    static let configuration = CommandConfiguration(
        commandName: "talk", abstract: "The live assistant (not in this version: use ask, transcribe and say).")

    @OptionGroup var shared: SharedOptions

    func run(in program: Program) throws {
        throw Failure(
            .unavailable, "the live assistant is not part of this version", operand: "talk",
            fix: "ask a recorded question with parley ask question.wav")
    }
}
