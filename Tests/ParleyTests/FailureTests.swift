import Audio
import Conversation
import KimiAudio
import Tensors
import Testing

@testable import parley

/// What errors become: exit code, sentence, operand.
@Suite struct FailureTests {
    private struct Row: Sendable {
        let error: any Error & Sendable
        let code: Int32
        let sentence: String
        let operand: String
    }

    @Test func everyModulesErrorsHaveACodeASentenceAndAnOperand() {
        let rows = [
            Row(
                error: AudioError.missing(file: "q.wav"), code: 66, sentence: "there is no file q.wav; check the name",
                operand: "q.wav"),
            Row(
                error: AudioError.cannotCreate(file: "o/r.wav", reason: "No such file or directory"), code: 73,
                sentence: "o/r.wav cannot be created (No such file or directory); choose another folder or name",
                operand: "o/r.wav"),
            Row(
                error: AudioError.cannotWrite(file: "r.wav", reason: "No space left on device"), code: 74,
                sentence: "r.wav cannot be written (No space left on device); free some space or choose another folder",
                operand: "r.wav"),
            Row(
                error: WeightFileError.truncated(file: "m.safetensors", expected: 10, found: 5), code: 66,
                sentence: "m.safetensors is cut off: it describes 10 bytes and has 5; copy or download it again",
                operand: "m.safetensors"),
            Row(
                error: WeightFileError.forbiddenGlobal(file: "m.pt", name: "os.system"), code: 66,
                sentence: "m.pt is refused: its pickle asks for os.system, which no weight file needs; "
                    + "do not load it with any other program either", operand: "m.pt"),
            Row(
                error: KimiAudioError.configuration(
                    file: "c.json", key: "hidden_size", found: "\"a\"", expected: "an integer"),
                code: 78,
                sentence:
                    "hidden_size in c.json is \"a\" where an integer is expected; check that the file belongs to this model",
                operand: "c.json"),
            Row(
                error: KimiAudioError.promptTooLong(tokens: 9, limit: 8), code: 66,
                sentence:
                    "the question is too long for this model: 9 tokens of at most 8; shorten it, or cut the sound into parts",
                operand: ""),
            Row(
                error: SessionError.unknown("20", known: ["2026-b", "2026-a"]), code: 66,
                sentence: "there is no session 20; the last ones: 2026-b, 2026-a", operand: "20"),
            Row(
                error: SessionError.cannotCreate(path: "/x", reason: "Permission denied"), code: 73,
                sentence: "/x cannot be created (Permission denied); set XDG_DATA_HOME to a folder that you may write",
                operand: "/x"),
            Row(
                error: SessionError.locked(file: "s.sqlite"), code: 74,
                sentence: "s.sqlite is locked by another program; end the program that uses it", operand: "s.sqlite"),
            Row(
                error: SessionError.damaged(file: "s.sqlite", reason: "file is not a database"), code: 66,
                sentence: "s.sqlite is damaged (file is not a database); move it away, or bring back a copy of it",
                operand: "s.sqlite"),
            Row(
                error: SettingsError.notAnAssignment("x"), code: 64,
                sentence: "--set x is not of the form key=value; write --set seed=1", operand: "x"),
            Row(
                error: OutputError.cannotWrite(name: "standard output", reason: "No space left on device"), code: 74,
                sentence:
                    "standard output cannot be written (No space left on device); free some space or choose another folder",
                operand: "standard output"),
            Row(error: OutputError.readerGone, code: 141, sentence: "", operand: ""),
        ]
        for row in rows {
            let failure = Failure(row.error)
            #expect(failure.code == row.code)
            #expect(failure.sentence == row.sentence)
            #expect(failure.operand == row.operand)
        }
    }

    @Test func anUnknownErrorIsAFaultOfTheProgram() {
        struct Strange: Error {}
        #expect(Failure(Strange()).code == 70)
    }

    @Test func aFailureInJSONHasTheKeysOfTheContract() {
        let failure = Failure(.input, "there is no file q.wav", operand: "q.wav", fix: "check the name")
        let line = #"{"error":{"code":66,"what":"there is no file q.wav","operand":"q.wav","fix":"check the name"}}"#
        #expect(failure.json.text == line)
    }
}
