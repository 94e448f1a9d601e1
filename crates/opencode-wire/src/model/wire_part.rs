//! Parts as they lie on the wire: one flat object, because the type that says what the fields mean may come last.

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::object::{object, write};
use super::{
    AgentPart, CompactionPart, Count, Extra, FilePart, Json, MessageError, Part, PartKind, PartTime,
    PatchPart, RetryPart, SnapshotPart, StepFinish, StepStart, SubtaskPart, TextPart, Tokens, ToolPart,
    ToolState, UnknownPart,
};
use crate::ids::{CallId, MessageId, PartId, SessionId};

object! {
    /// A part as it lies on the wire: the fields of all types side by side, because the type may come last.
    struct WirePart {
        id: PartId = "id",
        session_id: SessionId = "sessionID",
        message_id: MessageId = "messageID",
        type_name: String = "type",
        text: Option<String> = "text",
        synthetic: Option<bool> = "synthetic",
        ignored: Option<bool> = "ignored",
        time: Option<PartTime> = "time",
        metadata: Option<Json> = "metadata",
        call_id: Option<CallId> = "callID",
        tool: Option<String> = "tool",
        state: Option<ToolState> = "state",
        mime: Option<String> = "mime",
        filename: Option<String> = "filename",
        url: Option<String> = "url",
        source: Option<Json> = "source",
        snapshot: Option<String> = "snapshot",
        reason: Option<String> = "reason",
        cost: Option<f64> = "cost",
        tokens: Option<Tokens> = "tokens",
        hash: Option<String> = "hash",
        files: Option<Vec<String>> = "files",
        prompt: Option<String> = "prompt",
        description: Option<String> = "description",
        agent: Option<String> = "agent",
        model: Option<Json> = "model",
        command: Option<String> = "command",
        name: Option<String> = "name",
        attempt: Option<Count> = "attempt",
        error: Option<MessageError> = "error",
        auto: Option<bool> = "auto",
        overflow: Option<bool> = "overflow",
        tail_start_id: Option<MessageId> = "tail_start_id",
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WirePart::deserialize(deserializer).map(Self::from)
    }
}

impl From<WirePart> for Part {
    fn from(mut wire: WirePart) -> Self {
        let kind = wire.take_kind();
        let mut extra = std::mem::take(&mut wire.extra);
        if !matches!(kind, PartKind::Unknown(_)) {
            wire.take_leftovers(&mut extra);
        }
        Self { id: wire.id, session_id: wire.session_id, message_id: wire.message_id, kind, extra }
    }
}

impl WirePart {
    fn take_kind(&mut self) -> PartKind {
        match self.type_name.as_str() {
            "text" => PartKind::Text(self.take_text()),
            "reasoning" => PartKind::Reasoning(self.take_text()),
            "tool" if self.call_id.is_some() && self.state.is_some() => {
                match (self.call_id.take(), self.state.take()) {
                    (Some(call_id), Some(state)) => PartKind::Tool(Box::new(ToolPart {
                        call_id,
                        tool: self.tool.take().unwrap_or_default(),
                        state,
                        metadata: self.metadata.take(),
                    })),
                    _ => self.unknown(),
                }
            }
            "file" => PartKind::File(FilePart {
                mime: self.mime.take().unwrap_or_default(),
                filename: self.filename.take(),
                url: self.url.take().unwrap_or_default(),
                source: self.source.take(),
            }),
            "step-start" => PartKind::StepStart(StepStart { snapshot: self.snapshot.take() }),
            "step-finish" => PartKind::StepFinish(Box::new(StepFinish {
                reason: self.reason.take().unwrap_or_default(),
                snapshot: self.snapshot.take(),
                cost: self.cost.take().unwrap_or_default(),
                tokens: self.tokens.take().unwrap_or_default(),
            })),
            "patch" => PartKind::Patch(PatchPart {
                hash: self.hash.take().unwrap_or_default(),
                files: self.files.take().unwrap_or_default(),
            }),
            "snapshot" => {
                PartKind::Snapshot(SnapshotPart { snapshot: self.snapshot.take().unwrap_or_default() })
            }
            "subtask" => PartKind::Subtask(Box::new(SubtaskPart {
                prompt: self.prompt.take().unwrap_or_default(),
                description: self.description.take().unwrap_or_default(),
                agent: self.agent.take().unwrap_or_default(),
                model: self.model.take(),
                command: self.command.take(),
            })),
            "agent" => PartKind::Agent(AgentPart {
                name: self.name.take().unwrap_or_default(),
                source: self.source.take(),
            }),
            "retry" => PartKind::Retry(Box::new(RetryPart {
                attempt: self.attempt.take().unwrap_or_default(),
                error: self.error.take(),
                time: self.time.take(),
            })),
            "compaction" => PartKind::Compaction(CompactionPart {
                auto: self.auto.take().unwrap_or_default(),
                overflow: self.overflow.take(),
                tail_start_id: self.tail_start_id.take(),
            }),
            _ => self.unknown(),
        }
    }

    fn take_text(&mut self) -> TextPart {
        TextPart {
            text: self.text.take().unwrap_or_default(),
            synthetic: self.synthetic.take(),
            ignored: self.ignored.take(),
            time: self.time.take(),
            metadata: self.metadata.take(),
        }
    }

    fn unknown(&self) -> PartKind {
        PartKind::Unknown(UnknownPart {
            type_name: self.type_name.as_str().into(),
            raw: Json::from_value(self).unwrap_or_default(),
        })
    }

    /// Keeps fields that are known for other types of parts but not for this one.
    fn take_leftovers(&mut self, extra: &mut Extra) {
        macro_rules! keep {
            ($($field:ident = $key:literal),* $(,)?) => {
                $(if let Some(Ok(value)) = self.$field.take().map(|value| Json::from_value(&value)) {
                    extra.push($key, value);
                })*
            };
        }
        keep!(
            text = "text",
            synthetic = "synthetic",
            ignored = "ignored",
            time = "time",
            metadata = "metadata",
            call_id = "callID",
            tool = "tool",
            state = "state",
            mime = "mime",
            filename = "filename",
            url = "url",
            source = "source",
            snapshot = "snapshot",
            reason = "reason",
            cost = "cost",
            tokens = "tokens",
            hash = "hash",
            files = "files",
            prompt = "prompt",
            description = "description",
            agent = "agent",
            model = "model",
            command = "command",
            name = "name",
            attempt = "attempt",
            error = "error",
            auto = "auto",
            overflow = "overflow",
            tail_start_id = "tail_start_id",
        );
    }
}

impl PartKind {
    /// The server's name for the type.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::Text(_) => "text",
            Self::Reasoning(_) => "reasoning",
            Self::Tool(_) => "tool",
            Self::File(_) => "file",
            Self::StepStart(_) => "step-start",
            Self::StepFinish(_) => "step-finish",
            Self::Patch(_) => "patch",
            Self::Snapshot(_) => "snapshot",
            Self::Subtask(_) => "subtask",
            Self::Agent(_) => "agent",
            Self::Retry(_) => "retry",
            Self::Compaction(_) => "compaction",
            Self::Unknown(part) => &part.type_name,
        }
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let PartKind::Unknown(part) = &self.kind {
            return part.raw.serialize(serializer);
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("sessionID", &self.session_id)?;
        map.serialize_entry("messageID", &self.message_id)?;
        map.serialize_entry("type", self.kind.type_name())?;
        match &self.kind {
            PartKind::Text(part) | PartKind::Reasoning(part) => {
                write(&mut map, "text", &part.text)?;
                write(&mut map, "synthetic", &part.synthetic)?;
                write(&mut map, "ignored", &part.ignored)?;
                write(&mut map, "time", &part.time)?;
                write(&mut map, "metadata", &part.metadata)?;
            }
            PartKind::Tool(part) => {
                map.serialize_entry("callID", &part.call_id)?;
                map.serialize_entry("tool", &part.tool)?;
                map.serialize_entry("state", &part.state)?;
                write(&mut map, "metadata", &part.metadata)?;
            }
            PartKind::File(part) => {
                map.serialize_entry("mime", &part.mime)?;
                write(&mut map, "filename", &part.filename)?;
                map.serialize_entry("url", &part.url)?;
                write(&mut map, "source", &part.source)?;
            }
            PartKind::StepStart(part) => write(&mut map, "snapshot", &part.snapshot)?,
            PartKind::StepFinish(part) => {
                map.serialize_entry("reason", &part.reason)?;
                write(&mut map, "snapshot", &part.snapshot)?;
                map.serialize_entry("cost", &part.cost)?;
                map.serialize_entry("tokens", &part.tokens)?;
            }
            PartKind::Patch(part) => {
                map.serialize_entry("hash", &part.hash)?;
                map.serialize_entry("files", &part.files)?;
            }
            PartKind::Snapshot(part) => map.serialize_entry("snapshot", &part.snapshot)?,
            PartKind::Subtask(part) => {
                map.serialize_entry("prompt", &part.prompt)?;
                map.serialize_entry("description", &part.description)?;
                map.serialize_entry("agent", &part.agent)?;
                write(&mut map, "model", &part.model)?;
                write(&mut map, "command", &part.command)?;
            }
            PartKind::Agent(part) => {
                map.serialize_entry("name", &part.name)?;
                write(&mut map, "source", &part.source)?;
            }
            PartKind::Retry(part) => {
                map.serialize_entry("attempt", &part.attempt)?;
                write(&mut map, "error", &part.error)?;
                write(&mut map, "time", &part.time)?;
            }
            PartKind::Compaction(part) => {
                map.serialize_entry("auto", &part.auto)?;
                write(&mut map, "overflow", &part.overflow)?;
                write(&mut map, "tail_start_id", &part.tail_start_id)?;
            }
            PartKind::Unknown(_) => {}
        }
        self.extra.serialize_into(&mut map)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &str) -> Part {
        let part: Part = serde_json::from_str(text).unwrap();
        let before: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&part).unwrap(), before);
        part
    }

    #[test]
    fn the_type_may_come_last_and_nothing_is_lost() {
        let part = round_trip(
            r#"{"text":"hi","future":{"a":[1]},"hash":"left over","id":"prt_1","sessionID":"ses_1","messageID":"msg_1","type":"text"}"#,
        );
        assert!(matches!(&part.kind, PartKind::Text(text) if text.text == "hi"));
        assert_eq!(part.extra.get("future").unwrap().as_str(), r#"{"a":[1]}"#);
        assert_eq!(part.extra.get("hash").unwrap().as_str(), "\"left over\"");
    }

    #[test]
    fn unknown_types_are_kept_whole() {
        let part = round_trip(
            r#"{"id":"prt_1","sessionID":"ses_1","messageID":"msg_1","type":"hologram","depth":3,"text":"seen elsewhere"}"#,
        );
        assert_eq!(part.kind.type_name(), "hologram");
    }

    #[test]
    fn tools_round_trip() {
        let part = round_trip(
            r#"{"id":"prt_1","sessionID":"ses_1","messageID":"msg_1","type":"tool","callID":"call_1","tool":"task","state":{"status":"running","input":{"a":1},"metadata":{"sessionId":"ses_child"},"time":{"start":1}}}"#,
        );
        let PartKind::Tool(tool) = part.kind else { panic!("not a tool") };
        assert_eq!(tool.child_session().unwrap().as_str(), "ses_child");
    }
}
