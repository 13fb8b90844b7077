FLASK_APP=portal.cli.entry
