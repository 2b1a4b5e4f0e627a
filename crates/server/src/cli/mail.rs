//! `sutler mail`: the letters of the shop, to replace them and to look at them.

use super::{Outcome, node::make_directory, output::say};
use crate::{
    language::Language,
    ports::mail::{KINDS, Kind, Letter, Mail, file_name, preview, samples},
    settings::Settings,
};
use anyhow::{Context, anyhow};
use clap::{Arg, ArgMatches, Command, value_parser};
use domain::Email;
use std::{fs::OpenOptions, io::ErrorKind, io::Write, path::PathBuf, process::ExitCode};

pub fn commands() -> [Command; 2] {
    let out = Arg::new("out")
        .long("out")
        .value_name("DIR")
        .value_parser(value_parser!(PathBuf))
        .help("Write a file of each there; one that is there already stays");
    let kind = Arg::new("letter")
        .value_name("LETTER")
        .required(true)
        .value_parser(KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>())
        .help("Which one");
    let language = Arg::new("language")
        .long("language")
        .value_name("CODE")
        .value_parser(Language::ALL.map(Language::code))
        .help("In which language; without it in that of mail_language");
    [
        Command::new("templates")
            .about("Print the shop's own letters, with what may stand in each, to replace them")
            .arg(out),
        Command::new("preview")
            .about("Print a letter as a reader would get it, filled in with an example")
            .arg(kind)
            .arg(language),
    ]
}

pub fn run(settings: &Settings, name: &str, matches: &ArgMatches) -> Outcome {
    match name {
        "templates" => templates(matches.get_one::<PathBuf>("out"))?,
        _ => show(settings, matches)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn templates(out: Option<&PathBuf>) -> anyhow::Result<()> {
    let Some(out) = out else {
        let texts = all().map(|(kind, language)| {
            let names: Vec<String> =
                kind.placeholders.iter().map(|name| format!("{{{name}}}")).collect();
            let (file, text) = (file_name(kind, language), kind.text(language));
            format!("=== {file}: {{shop}} {}\n{text}", names.join(" "))
        });
        return say(texts.collect::<Vec<_>>().join("\n").trim_end());
    };
    make_directory(out)?;
    let (mut written, mut kept) = (0, 0);
    for (kind, language) in all() {
        let path = out.join(file_name(kind, language));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let writing = file.write_all(kind.text(language).as_bytes());
                writing.with_context(|| format!("cannot write {}", path.display()))?;
                written += 1;
            }
            // Somebody has changed it, perhaps.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => kept += 1,
            Err(error) => {
                return Err(anyhow!(error).context(format!("cannot write {}", path.display())));
            }
        }
    }
    say(format!("{written} written to {}, {kept} were there already", out.display()))
}

fn all() -> impl Iterator<Item = (&'static Kind, Language)> {
    KINDS.iter().flat_map(|kind| Language::ALL.map(|language| (kind, language)))
}

fn show(settings: &Settings, matches: &ArgMatches) -> anyhow::Result<()> {
    let kind = matches.get_one::<String>("letter").map_or("", String::as_str);
    let language = matches.get_one::<String>("language");
    let language = language.and_then(|code| Language::coded(code));
    let language = language.unwrap_or(settings.mail_language);
    let currency = settings.currency.parse().map_err(anyhow::Error::msg)?;
    let letter: Option<Letter> = samples(currency).into_iter().find(|letter| letter.kind() == kind);
    let letter = letter.with_context(|| format!("there is no letter {kind}"))?;
    let mail = Mail { to: Email::stored("ann@example.com"), language, letter };
    let (subject, body) = preview(settings, &mail)?;
    say(format!("Subject: {subject}\n\n{}", body.trim_end()))
}
