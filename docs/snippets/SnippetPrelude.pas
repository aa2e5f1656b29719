{ What the pieces of Pascal in the book stand on: scripts/test-snippets.sh compiles each behind this. }
unit SnippetPrelude;

{$MODE DELPHI}

interface

uses
  Classes, PusherWS, PusherWS.Api;

type
  TSnippetMemo = class
  public
    Lines: TStrings;
  end;

  { A form as far as the pieces go; without windows. }
  TSnippetForm = class(TComponent)
  protected
    Memo1: TSnippetMemo;
    FPusher: TPusherClient;
    Pusher: TPusherClient;
    procedure PusherEvent(Sender: TObject; const Event, Channel, Data: string);
    procedure OrderCreated(Sender: TObject; const Event: TPusherEvent);
    procedure Changed(Sender: TObject; const Event: TPusherEvent);
  end;

implementation

procedure TSnippetForm.PusherEvent(Sender: TObject; const Event, Channel, Data: string);
begin
end;

procedure TSnippetForm.OrderCreated(Sender: TObject; const Event: TPusherEvent);
begin
end;

procedure TSnippetForm.Changed(Sender: TObject; const Event: TPusherEvent);
begin
end;

end.
